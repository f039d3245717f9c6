/* The page /docs: all of the contract, as text, under the strict policy; found by words; links lead somewhere. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { parseYaml } from '../../api/web/yaml.mjs';
import { until } from '../support/wait.mjs';
import { openScene } from './support/scene.mjs';

test('the contract is laid out, found and linked', async (t) => {
  const { server, browser } = await openScene(t);
  const response = await fetch(`${server.apiUrl}/docs`);
  assert.match(response.headers.get('content-security-policy'), /default-src 'none'.*script-src 'self'/);
  const contract = parseYaml(await (await fetch(`${server.apiUrl}/api/v1/openapi.yaml`)).text());
  const wanted = Object.values(contract.paths).flatMap((item) => Object.values(item).map(({ operationId }) => operationId).filter(Boolean));

  const tab = await browser.open('blue', { name: 'Ann' });
  const { page } = tab;
  await page.goto(`${server.apiUrl}/docs`);
  await page.locator('#createRoom').waitFor();
  assert.deepEqual((await page.locator('section.operation').evaluateAll((all) => all.map(({ id }) => id))).sort(), wanted.sort());
  assert.equal(await page.locator('section.schema').count(), Object.keys(contract.components.schemas).length);
  const text = await page.locator('#createRoom').innerText();
  assert.match(text, /^admin\s*POST\s*\/api\/v1\/rooms/);
  assert.match(text, /NewRoom[^]*201[^]*with Location/);
  assert.equal(await page.locator('#readHealth .role').innerText(), 'no token needed');

  const broken = await page.evaluate(() => [...document.querySelectorAll('main a, nav a')].map((a) => a.getAttribute('href'))
    .filter((href) => !href.startsWith('#') || !document.getElementById(href.slice(1))));
  assert.deepEqual(broken, []);

  const shown = () => page.locator('section.operation:visible').evaluateAll((all) => all.map(({ id }) => id));
  await page.locator('#find').fill('PATCH webhook');
  await until(async () => (await shown()).length < 5, { what: 'few are left' });
  assert.ok((await shown()).includes('changeWebhook'));
  await page.locator('#find').fill('');
  await until(async () => (await shown()).length === wanted.length, { what: 'all are there again' });
  assert.deepEqual(tab.complaints, []);
});
