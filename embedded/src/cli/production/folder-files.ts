/** `start.mjs` of a production folder. */
export const START_SCRIPT = `// Runs the app: node start.mjs [--config FILE] [--port N]. See: node start.mjs --help
import { fileURLToPath } from "node:url";
import { startBuilt } from "./host/production.mjs";

await startBuilt(fileURLToPath(new URL(".", import.meta.url)), process.argv.slice(2));
`;

/** Installs packages in a stage of its own; the image has no package manager's cache and runs without root. */
export const DOCKERFILE = `FROM node:24-slim AS packages
WORKDIR /app
COPY package*.json ./
RUN if [ -f package-lock.json ]; then npm ci --omit=dev; else npm install --omit=dev; fi && npm cache clean --force

FROM node:24-slim
ENV NODE_ENV=production PORT=8080
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY . .
RUN mkdir -p app/.axion && chown node:node app/.axion
USER node
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s \\
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/__encore/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "start.mjs"]
`;

export const DOCKERIGNORE = "node_modules\nDockerfile\n.dockerignore\n";
