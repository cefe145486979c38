// Opens HTML pages of ours in headless Chromium, from the disk, light and dark, wide and narrow, and tells what is seen there.
//
//   node page.mjs FOLDER [PICTURES] <pages.json
//
// stdin is JSON, [{name, path}]; stdout is JSON by `NAME THEME WIDTH`. `talk`: requests, dialogs, errors and what the console says, of which
// there must be none. Where PICTURES is given, a PNG of each page is left there.
import { createRequire } from "node:module";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, pictures] = process.argv.slice(2);
const { chromium } = createRequire(join(folder, "package.json"))("playwright-core");
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];
const WIDTHS = [1200, 360];

async function read(stream) {
  let text = "";
  for await (const chunk of stream) text += chunk;
  return JSON.parse(text);
}

// Runs in the page.
function look() {
  const texts = (query) => [...document.querySelectorAll(query)].map((one) => one.textContent);
  const box = (one) => one.getBoundingClientRect();
  const within = (inner, outer) => inner.left >= outer.left - 1 && inner.right <= outer.right + 1 && inner.top >= outer.top - 1 && inner.bottom <= outer.bottom + 1;
  const overflowing = [...document.querySelectorAll("svg.graph .node, svg.graph .box")].flatMap((group) => {
    const shape = box(group.querySelector(":scope > rect, :scope > polygon"));
    return [...group.querySelectorAll(":scope > text")].filter((text) => !within(box(text), shape)).map((text) => text.textContent);
  });
  const overlapping = [...document.querySelectorAll("svg.graph")].flatMap((svg) => {
    const nodes = [...svg.querySelectorAll(".node")].map((group) => [group, box(group.querySelector("rect, polygon"))]);
    return nodes.flatMap(([one, first], place) => nodes.slice(place + 1)
      .filter(([, second]) => first.left < second.right - 1 && second.left < first.right - 1 && first.top < second.bottom - 1 && second.top < first.bottom - 1)
      .map(([other]) => `${one.textContent} | ${other.textContent}`));
  });
  return {
    title: document.title,
    headings: texts("h1, h2, h3"),
    graphs: [...document.querySelectorAll("svg.graph")].map((svg) => ({
      nodes: svg.querySelectorAll(".node, .box").length, edges: svg.querySelectorAll(".edge").length,
      labels: [...svg.querySelectorAll(".edge .label")].map((one) => one.textContent) })),
    plots: document.querySelectorAll("svg.plot").length,
    captions: texts("caption"),
    odd: [...document.querySelectorAll("script, img, iframe, form, object, embed, link, base, a:not([href^='#']), [onclick], [onerror], [style]")].map((one) => one.outerHTML),
    overflowing,
    overlapping,
    tooWide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    background: getComputedStyle(document.body).backgroundColor,
    unlabelled: [...document.querySelectorAll("svg")].filter((svg) => !svg.querySelector(":scope > title")?.textContent).length,
  };
}

const items = await read(process.stdin);
const profile = await mkdtemp(join(tmpdir(), "flowship-chromium-"));
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS, headless: true, offline: true, viewport: { width: 1200, height: 900 },
});
const seen = {};
try {
  for (const theme of ["light", "dark"]) {
    const page = await browser.newPage();
    await page.emulateMedia({ colorScheme: theme });
    const talk = [];
    page.on("dialog", (dialog) => { talk.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
    page.on("console", (message) => talk.push(`console: ${message.text()}`));
    page.on("pageerror", (error) => talk.push(`error: ${error.message}`));
    page.on("request", (request) => { if (!items.some(({ path }) => request.url() === pathToFileURL(path).href)) talk.push(`request: ${request.url()}`); });
    for (const { name, path } of items) {
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        await page.goto(pathToFileURL(path).href);
        const found = await page.evaluate(look);
        if (pictures) await page.screenshot({ path: join(pictures, `${name}-${theme}-${width}.png`), fullPage: true });
        seen[`${name} ${theme} ${width}`] = { ...found, talk: talk.splice(0) };
      }
    }
  }
} finally {
  await browser.close();
  await rm(profile, { recursive: true, force: true });
}
console.log(JSON.stringify(seen));
