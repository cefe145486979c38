// Says of each text whether it is an expression of JavaScript, by acorn, with nothing behind it but space and comments.
//
//   node parse.mjs FOLDER <texts.json
//
// FOLDER has the node_modules. stdin is JSON, a list of texts; stdout is JSON, for each [sloppy, strict]: why acorn refuses it in that mode of
// JavaScript, "" where it does not.
import { createRequire } from "node:module";
import { join } from "node:path";
import { text as read } from "node:stream/consumers";

const { Parser, tokTypes } = createRequire(join(process.argv[2], "package.json"))("acorn");

class ExpressionParser extends Parser {
  static refusal(text, strict) {
    const parser = new this({ ecmaVersion: "latest" }, text, 0);
    parser.strict = strict;
    try {
      parser.nextToken();
      parser.parseExpression();
      if (parser.type !== tokTypes.eof) parser.unexpected();
      return "";
    } catch (error) {
      if (error instanceof SyntaxError) return error.message;
      throw error;
    }
  }
}

process.stdout.write(JSON.stringify(JSON.parse(await read(process.stdin)).map((text) => [false, true].map((strict) => ExpressionParser.refusal(text, strict)))));
