/** A model to start from: one service with one entity. */
export function starterModel(name: string, framework: "hono" | "elysia"): string {
  return `# What this project is made of. After a change: axion project generate
name: ${name}
services:
  - name: tasks
    description: Things to do
    runtime: ${framework === "hono" ? "node" : "bun"}
    framework: ${framework}
    port: 3001
    visibility: public
    entities:
      - name: Task
        fields:
          - { name: title, type: string, required: true, maxLength: 200 }
          - { name: state, type: enum, values: [open, done], required: true, default: open }
          - { name: dueAt, type: timestamp }
        filters: [state]
    operations: []
`;
}
