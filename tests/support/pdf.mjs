/*
 * pdf.mjs - a PDF whose pages have one colour each, made by hand.
 *
 *   pdf([[255, 0, 0], [0, 0, 255]])        a Buffer, of two pages in 16:9
 */
export function pdf(colours) {
  const kids = colours.map((_, i) => `${3 + 2 * i} 0 R`).join(' ');
  const objects = ['<< /Type /Catalog /Pages 2 0 R >>', `<< /Type /Pages /Kids [${kids}] /Count ${colours.length} /MediaBox [0 0 640 360] >>`];
  for (const [i, colour] of colours.entries()) {
    const drawing = `${colour.map((part) => part / 255).join(' ')} rg 0 0 640 360 re f`;
    objects.push(`<< /Type /Page /Parent 2 0 R /Contents ${4 + 2 * i} 0 R >>`, `<< /Length ${drawing.length} >>\nstream\n${drawing}\nendstream`);
  }
  let text = '%PDF-1.4\n';
  const places = objects.map((object, i) => {
    const at = text.length;
    text += `${i + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const table = text.length;
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${places.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('')}`;
  return Buffer.from(`${text}trailer << /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${table}\n%%EOF\n`, 'latin1');
}
