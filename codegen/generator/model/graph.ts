import type { ProjectModel } from "./schema.js";

export interface GraphNode {
  /** `service:orders`, `event:order-placed`. */
  id: string;
  kind: "service" | "event";
  label: string;
}

export interface GraphEdge {
  from: string;
  to: string;
  kind: "calls" | "publishes" | "consumes";
}

/** Services and events of a project, and what goes between them. */
export interface ProjectGraph {
  nodes: GraphNode[];
  edges: GraphEdge[];
}

/** The graph of a project, in the order of the model. */
export function projectGraph({ services }: ProjectModel): ProjectGraph {
  const nodes: GraphNode[] = services.map(({ name }) => ({
    id: `service:${name}`,
    kind: "service",
    label: name,
  }));
  const edges: GraphEdge[] = [];
  for (const service of services) {
    const id = `service:${service.name}`;
    for (const { service: callee } of service.dependsOn)
      edges.push({ from: id, to: `service:${callee}`, kind: "calls" });
    for (const { name } of service.publishes) {
      nodes.push({ id: `event:${name}`, kind: "event", label: name });
      edges.push({ from: id, to: `event:${name}`, kind: "publishes" });
    }
    for (const name of service.consumes) edges.push({ from: `event:${name}`, to: id, kind: "consumes" });
  }
  return { nodes, edges };
}

/** The graph as a Mermaid flowchart: calls are solid, events dashed. */
export function mermaid({ nodes, edges }: ProjectGraph): string {
  const ids = new Map(nodes.map((node, index) => [node.id, `n${index}`]));
  const lines = nodes.map((node) =>
    node.kind === "service"
      ? `  ${ids.get(node.id)}["${node.label}"]`
      : `  ${ids.get(node.id)}(["${node.label}"])`,
  );
  const links = edges.map(
    ({ from, to, kind }) => `  ${ids.get(from)} ${kind === "calls" ? "-->" : "-.->"} ${ids.get(to)}`,
  );
  return `${["flowchart LR", ...lines, ...links].join("\n")}\n`;
}
