// audit.mjs CHROMIUM FILE...: opens each page as phones and desks do, in both colour schemes, and prints what axe-core
// finds there, what the page asked for and complained of, and whether it is wider than its window: one JSON object a line.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const [executablePath, ...files] = process.argv.slice(2);

const patience = 120_000; // milliseconds for one step: a busy machine takes many seconds where a quiet one takes none

const browser = await chromium.launch({
  executablePath, timeout: patience,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
for (const file of files) {
  for (const [width, height] of [[390, 844], [1440, 1000]]) {
    for (const colorScheme of ["light", "dark"]) {
      await audit(file, { viewport: { width, height }, colorScheme });
    }
  }
  await withoutScript(file);
}
await browser.close();

async function audit(file, options) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(patience);
  const page = await context.newPage();
  const heard = [];
  page.on("console", (message) => heard.push(message.text()));
  page.on("pageerror", (error) => heard.push(String(error)));
  page.on("request", (request) => { if (!request.url().startsWith("file:")) heard.push("request " + request.url()); });
  await page.goto(pathToFileURL(file).href);
  await page.evaluate(axe); // the page's own policy would keep a script element from running
  const report = async (state) => {
    const { violations, passes } = await page.evaluate(() => window.axe.run());
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
    print({
      file, state, width: options.viewport.width, scheme: options.colorScheme, heard: heard.splice(0),
      violations: violations.map((v) => v.id + ": " + v.nodes[0].html + " " + v.nodes[0].failureSummary),
      passes: passes.length, wide, entries: await page.locator("[data-find]:visible").count(),
    });
  };
  const contents = page.locator(".contents details");
  await report("read");
  if (options.viewport.width < 1000) {
    await contents.locator("summary").click();
    await report("contents");
    await contents.locator("summary").click();
  }
  const first = await page.locator("tbody[data-find] .self").first().textContent();
  await page.keyboard.press("/");
  await page.keyboard.type(first.toUpperCase());
  await report("found");
  await page.locator("#filter").fill("no such operation");
  await report("nothing");
  await page.locator(".nothing button").click();
  await page.locator("#filter").fill("no such operation");
  const target = await page.locator("tbody[data-find]").last().getAttribute("id");
  await page.evaluate((id) => { location.hash = id; }, target);
  await page.locator(`[id="${target}"]`).waitFor({ state: "visible" });
  await report("linked");
  if (options.viewport.width > 1000) { // paper is no phone
    await page.emulateMedia({ media: "print" });
    await report("printed");
  }
  await context.close();
}

async function withoutScript(file) {
  const context = await browser.newContext({ javaScriptEnabled: false });
  context.setDefaultTimeout(patience);
  const page = await context.newPage();
  await page.goto(pathToFileURL(file).href);
  print({
    file, state: "scriptless", violations: [], heard: [], passes: 1,
    wide: await page.locator(".search").isVisible(), // a search that does nothing
    entries: await page.locator("[data-find]:visible").count(),
  });
  await context.close();
}

function print(value) { process.stdout.write(JSON.stringify(value) + "\n"); }
