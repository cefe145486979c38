// What the JavaScript sample of meinGPT's page calls, over `fetch`: the package that the page names is not published
// (docs/contracts/meingpt.md, "Clients").
//
// MEINGPT_BASE_URL is the API's address. An error reply, and one that is not JSON, is an Error with the platform's code and message.

export class WorkflowClient {
  #base = process.env.MEINGPT_BASE_URL ?? "https://api.meingpt.com/v1";
  #key;
  #workflowOf = new Map(); // by execution: the page's `executions.get` is given the execution alone, and the call names both

  constructor({ apiKey }) {
    this.#key = apiKey;
  }

  workflows = {
    create: (definition) => this.#call("POST", "/workflows", definition),
    execute: async (workflow, { input }) => {
      const execution = await this.#call("POST", `/workflows/${encodeURIComponent(workflow)}/execute`, { input });
      this.#workflowOf.set(execution.execution_id, execution.workflow_id);
      return { ...execution, id: execution.execution_id };
    },
  };

  executions = {
    get: (execution) =>
      this.#call("GET", `/workflows/${encodeURIComponent(this.#workflowOf.get(execution))}/executions/${encodeURIComponent(execution)}`),
  };

  async #call(method, path, body) {
    const reply = await fetch(this.#base + path, {
      method,
      headers: { Authorization: `Bearer ${this.#key}`, ...(body && { "Content-Type": "application/json" }) },
      body: body && JSON.stringify(body),
    });
    const data = await reply.json();
    if (!reply.ok) throw new Error(`${data.error.code}: ${data.error.message}`);
    return data;
  }
}
