import { describe, expect, it } from "vitest";
import { event_management } from "~encore/clients";
import { newCaller } from "../../shared/__tests__/callers.js";

const message = { eventType: "job-failed" as const, title: "Import failed", body: "The server hung up." };

describe("notifications", () => {
  it("are read by each member apart", async () => {
    const ada = newCaller("notification:manage");
    const bob = { ...newCaller(), tenantId: ada.tenantId };
    const { notificationId } = await event_management.sendConversionNotification(message, { authData: ada });
    await event_management.markNotificationRead({ notificationId: notificationId! }, { authData: ada });
    await event_management.markNotificationRead({ notificationId: notificationId! }, { authData: ada });
    const forAda = await event_management.listNotifications({ unread: true }, { authData: ada });
    const forBob = await event_management.listNotifications({ unread: true }, { authData: bob });
    expect([forAda.unreadCount, forAda.notifications.length]).toEqual([0, 0]);
    expect([forBob.unreadCount, forBob.notifications[0]?.title]).toEqual([1, "Import failed"]);
  });

  it("come page by page, newest first", async () => {
    const authData = newCaller("notification:manage");
    for (const title of ["one", "two", "three"]) {
      await event_management.sendConversionNotification({ ...message, title }, { authData });
    }
    const first = await event_management.listNotifications({ limit: 2 }, { authData });
    const second = await event_management.listNotifications(
      { limit: 2, cursor: first.nextCursor },
      { authData },
    );
    const titles = [...first.notifications, ...second.notifications].map(
      (notification) => notification.title,
    );
    expect(titles).toEqual(["three", "two", "one"]);
    expect([first.unreadCount, second.nextCursor]).toEqual([3, undefined]);
  });

  it("of one tenant do not exist for another", async () => {
    const sender = newCaller("notification:manage");
    const { notificationId } = await event_management.sendConversionNotification(message, {
      authData: sender,
    });
    const authData = newCaller();
    expect((await event_management.listNotifications({}, { authData })).notifications).toEqual([]);
    for (const id of [notificationId!, "not-a-uuid"]) {
      const marking = event_management.markNotificationRead({ notificationId: id }, { authData });
      await expect(marking).rejects.toMatchObject({ code: "not_found" });
    }
  });
});
