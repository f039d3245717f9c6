/*
 * yaml.mjs - reads the part of YAML in which openapi.yaml is written: block maps and lists,
 * plain and quoted scalars, one-line [lists], folded texts (>-), comments on lines of their own.
 *
 *   const document = parseYaml(text);
 *
 * Anything else throws: better than to misread. openapi.test.mjs compares with python3-yaml where
 * that is installed.
 */
function scalar(text) {
  if (text === '' || text === 'null' || text === '~') return null;
  if (text === 'true' || text === 'false') return text === 'true';
  if (/^-?(0|[1-9]\d*)(\.\d+)?$/.test(text)) return Number(text);
  if (/^'([^']|'')*'$/.test(text)) return text.slice(1, -1).replaceAll("''", "'");
  if (text.startsWith('"')) return JSON.parse(text);
  if (text.startsWith('[') && text.endsWith(']'))
    return text.slice(1, -1).split(',').map((part) => scalar(part.trim())).filter((_, i, all) => all.length > 1 || text !== '[]');
  if (/^[[{&*!|>%@`'"]|: |:$| #/.test(text)) throw new Error(`not read here: ${text}`);
  return text;
}

function parseBlock(lines, indent) {
  return lines[0].text.startsWith('- ') ? parseList(lines, indent) : parseMap(lines, indent);
}

function parseList(lines, indent) {
  const list = [];
  while (lines.length && lines[0].indent === indent && lines[0].text.startsWith('- ')) {
    const text = lines[0].text.slice(2);
    if (/^[A-Za-z$_'][^ ]*:( |$)/.test(text)) {
      lines[0] = { indent: indent + 2, text };
      list.push(parseMap(lines, indent + 2));
    } else {
      lines.shift();
      list.push(scalar(text));
    }
  }
  return list;
}

function parseValue(text, lines, indent) {
  if (text === '>-') {
    const parts = [];
    while (lines.length && lines[0].indent > indent) parts.push(lines.shift().text);
    return parts.join(' ');
  }
  if (text !== '') return scalar(text);
  const next = lines[0];
  return next && next.indent > indent ? parseBlock(lines, next.indent) : null;
}

function parseMap(lines, indent) {
  const map = {};
  while (lines.length && lines[0].indent === indent && !lines[0].text.startsWith('- ')) {
    const { text } = lines.shift();
    const match = /^('(?:[^']|'')*'|[^\s:'][^:]*):(?: (.*))?$/.exec(text);
    if (!match) throw new Error(`not read here: ${text}`);
    const key = match[1].startsWith("'") ? scalar(match[1]) : match[1];
    if (key in map) throw new Error(`${key} is there twice`);
    map[key] = parseValue(match[2] ?? '', lines, indent);
  }
  if (lines.length && lines[0].indent > indent) throw new Error(`not read here: ${lines[0].text}`);
  return map;
}

export function parseYaml(text) {
  const lines = text.split('\n').filter((line) => line.trim() && !line.trim().startsWith('#'))
    .map((line) => ({ indent: line.length - line.trimStart().length, text: line.trim() }));
  return parseBlock(lines, 0);
}
