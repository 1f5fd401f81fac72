export * from "../core/rows.js";
