import { Elysia } from "elysia";
import { findTask } from "./tasks-table.js";

new Elysia()
  .get(
    "/tasks/:id",
    async ({ params, status }) => (await findTask(params.id)) ?? status(404, { message: "not found" }),
  )
  .listen(Number(process.env.PORT));
