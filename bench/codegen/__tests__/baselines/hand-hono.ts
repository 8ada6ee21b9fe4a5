import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { findTask } from "./tasks-table.js";

const app = new Hono();
app.get("/tasks/:id", async (c) => {
  const task = await findTask(c.req.param("id"));
  return task === undefined ? c.json({ message: "not found" }, 404) : c.json(task);
});
serve({ fetch: app.fetch, port: Number(process.env.PORT) });
