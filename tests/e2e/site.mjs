// Opens the built site in headless Chromium, as a reader does, in light and in dark.
//
//   node site.mjs FOLDER ADDRESS [PICTURES]
//
// FOLDER has playwright-core. stdout is JSON: by scheme what was seen; `errors`: what the console and failed requests say; `elsewhere`:
// addresses outside of the site that were asked.
import { createRequire } from "node:module";
import { join } from "node:path";

const [folder, address, pictures] = process.argv.slice(2);
const { chromium } = createRequire(join(folder, "package.json"))("playwright-core");
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];

async function look(browser, colorScheme) {
  const page = await browser.newPage({ colorScheme, viewport: { width: 1280, height: 900 } });
  const errors = [];
  const elsewhere = [];
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("response", (reply) => reply.status() >= 400 && errors.push(`${reply.status()} ${reply.url()}`));
  page.on("request", (request) => !request.url().startsWith(address) && !/^(data|blob):/.test(request.url()) && elsewhere.push(request.url()));
  const shot = async (name) => pictures && page.screenshot({ path: join(pictures, `site-${name}-${colorScheme}.png`) });
  await page.goto(address); // leads to the newest version
  await page.waitForSelector("h1");
  const title = await page.title();
  const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await shot("home");
  await page.waitForLoadState("networkidle"); // the index is there
  await page.locator("input[name=query]").click();
  await page.keyboard.type("rollback", { delay: 20 });
  await page.waitForSelector(".md-search-result__item a", { timeout: 60000 });
  const results = await page.locator(".md-search-result__item a").evaluateAll((links) => links.map((link) => link.getAttribute("href")));
  await shot("search");
  await page.goto(new URL("pull-requests/", page.url()).href);
  await page.waitForSelector("div.mermaid"); // in place of the text (`pre`), once it is drawn; the drawing itself is in a closed shadow
  await page.waitForTimeout(300);
  const clip = await page.locator("div.mermaid").first().boundingBox();
  const heading = await page.locator("h1").innerText();
  await page.locator("div.mermaid").first().scrollIntoViewIfNeeded();
  await shot("graph");
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto(new URL("../manifest/", page.url()).href);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  await shot("narrow");
  await page.close();
  return { title, background, results, heading, graph: clip, wide, errors, elsewhere };
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: FLAGS });
try {
  console.log(JSON.stringify({ light: await look(browser, "light"), dark: await look(browser, "dark") }));
} finally {
  await browser.close();
}
