/*
 * axe.mjs - what axe-core finds wrong with a page for those who do not see it or have no mouse.
 *
 *   assert.deepEqual(await barriers(tab.page), []);      ["serious color-contrast: #add", ...]
 *
 * Only what is serious or critical. axe-core is taken from build/web, as playwright-core is.
 */
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { REPOSITORY } from '../../support/server.mjs';

const folder = process.env.RADUNO_WEB_MODULES ?? path.join(REPOSITORY, 'build', 'web');
const source = fs.readFileSync(createRequire(path.join(folder, 'package.json')).resolve('axe-core/axe.min.js'), 'utf8');

export async function barriers(page) {
  await page.evaluate(source); /* not as a script of the page, whose policy forbids it */
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, impact, nodes }) => nodes.map(({ target }) => `${impact} ${id}: ${target.join(' ')}`));
}
