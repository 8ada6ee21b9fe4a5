import "reflect-metadata";
import { Controller, Get, Inject, Injectable, Module, NotFoundException, Param } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { FastifyAdapter } from "@nestjs/platform-fastify";
import { findTask } from "./tasks-table.js";

@Injectable()
class TasksService {
  async find(id: string): Promise<object> {
    const task = await findTask(id);
    if (task === undefined) throw new NotFoundException();
    return task;
  }
}

@Controller("tasks")
class TasksController {
  constructor(@Inject(TasksService) private readonly tasks: TasksService) {}

  @Get(":id")
  get(@Param("id") id: string): Promise<object> {
    return this.tasks.find(id);
  }
}

@Module({ controllers: [TasksController], providers: [TasksService] })
class AppModule {}

const app = await NestFactory.create(AppModule, new FastifyAdapter(), { logger: ["error"] });
await app.listen(Number(process.env.PORT), "127.0.0.1");
