// The floor: a process that answers, and nothing else.
import { createServer } from "node:http";

createServer((_request, response) => {
  response.setHeader("content-type", "application/json");
  response.end('{"status":"ok"}');
}).listen(Number(process.env.PORT));
