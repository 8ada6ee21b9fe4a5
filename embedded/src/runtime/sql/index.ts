export { Cursor, Row } from "./cursor.js";
export { SqlDatabase, sqlDatabase } from "./database.js";
export { QueryArgs } from "./pool.js";
export { SqlConn, Transaction } from "./session.js";
