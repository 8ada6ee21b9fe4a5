import assert from "node:assert/strict";
import { call, expectStatus } from "./http.ts";

const PORT = 3001;

/** Uses every operation of the service, rightly and wrongly. */
export async function callTasks(): Promise<void> {
  const project = expectStatus(await call(PORT, "POST", "/projects", { body: { name: "Home" } }), 201);
  expectStatus(await call(PORT, "POST", "/projects", { body: { name: "Home" } }), 409);
  const given = {
    title: "Paint",
    effort: "2.50",
    position: "9007199254740993",
    dueAt: "2026-12-24T18:00:00Z",
  };
  const task = expectStatus(
    await call(PORT, "POST", "/tasks", {
      body: { ...given, project: project.id, details: { colour: "red" } },
    }),
    201,
  );
  assert.equal(task.effort, "2.50");
  assert.equal(task.position, "9007199254740993");
  assert.equal(task.state, "open");
  const wrong = await call(PORT, "POST", "/tasks", { body: { state: "sleeping", effort: "-1", extra: 1 } });
  const paths = expectStatus(wrong, 400).errors.map((error: { path: string }) => error.path);
  for (const path of ["title", "state", "effort", "extra"])
    assert.ok(paths.includes(path), `${path} in ${paths}`);
  for (let index = 0; index < 5; index++)
    expectStatus(await call(PORT, "POST", "/tasks", { body: { title: `Task ${index}` } }), 201);
  const first = expectStatus(await call(PORT, "GET", "/tasks?limit=4&sort=title"), 200);
  const second = expectStatus(
    await call(PORT, "GET", `/tasks?limit=4&sort=title&cursor=${encodeURIComponent(first.nextCursor)}`),
    200,
  );
  const titles = [...first.tasks, ...second.tasks].map(({ title }: { title: string }) => title);
  assert.deepEqual(titles, ["Paint", "Task 0", "Task 1", "Task 2", "Task 3", "Task 4"]);
  assert.equal(expectStatus(await call(PORT, "GET", `/tasks?project=${project.id}`), 200).tasks.length, 1);
  expectStatus(await call(PORT, "GET", "/tasks?limit=0"), 400);
  const done = await call(PORT, "POST", `/tasks/${task.id}/complete`);
  assert.deepEqual(expectStatus(done, 200), { state: "done" });
  assert.equal(expectStatus(await call(PORT, "GET", `/tasks/${task.id}`), 200).state, "done");
  expectStatus(await call(PORT, "PATCH", `/tasks/${task.id}`, { body: { title: "Paint the door" } }), 200);
  expectStatus(await call(PORT, "DELETE", `/projects/${project.id}`), 204);
  expectStatus(await call(PORT, "GET", `/tasks/${task.id}`), 404);
  expectStatus(await call(PORT, "GET", "/tasks/not-a-uuid"), 404);
  const missing = await call(PORT, "GET", "/nothing", { headers: { "x-correlation-id": "mine" } });
  assert.equal(expectStatus(missing, 404).correlationId, "mine");
  assert.match(expectStatus(await call(PORT, "GET", "/metrics"), 200), /http_request_duration_seconds_count/);
  assert.equal(expectStatus(await call(PORT, "GET", "/openapi.json"), 200).openapi.slice(0, 3), "3.1");
}
