-- Made from prisma/workflow.prisma by `npm run generate:sql`.

-- CreateTable
CREATE TABLE "workflow_run" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "workflow" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "paused" BOOLEAN NOT NULL DEFAULT false,
    "blocked_kind" TEXT,
    "blocked_message" TEXT,
    "revision" INTEGER NOT NULL DEFAULT 1,
    "wakes" INTEGER NOT NULL DEFAULT 0,
    "outcomes" INTEGER NOT NULL DEFAULT 0,
    "calls" INTEGER NOT NULL DEFAULT 0,
    "attempt" INTEGER NOT NULL DEFAULT 1,
    "iteration" INTEGER NOT NULL DEFAULT 1,
    "owner" TEXT NOT NULL DEFAULT '',
    "tags" TEXT NOT NULL DEFAULT '[]',
    "search" TEXT NOT NULL,
    "idempotency_key" TEXT,
    "input_hash" TEXT NOT NULL,
    "priority" INTEGER NOT NULL DEFAULT 0,
    "trace_id" TEXT,
    "parent_id" TEXT,
    "parent_key" TEXT,
    "detached" BOOLEAN NOT NULL DEFAULT false,
    "seed" TEXT NOT NULL,
    "format" INTEGER NOT NULL DEFAULT 1,
    "input" TEXT NOT NULL,
    "output" TEXT,
    "progress" TEXT,
    "error" TEXT,
    "cause" TEXT,
    "failed_steps" TEXT NOT NULL DEFAULT '[]',
    "skip_undo" BOOLEAN NOT NULL DEFAULT false,
    "patches" TEXT NOT NULL DEFAULT '{}',
    "generations" TEXT NOT NULL DEFAULT '{}',
    "waiting_kind" TEXT,
    "waiting_name" TEXT,
    "waiting_until" BIGINT,
    "queue" INTEGER,
    "due_at" BIGINT,
    "expires_at" BIGINT,
    "worker_id" TEXT,
    "lease_token" TEXT,
    "lease_ms" INTEGER NOT NULL DEFAULT 0,
    "commits" INTEGER NOT NULL DEFAULT 0,
    "progressed" BOOLEAN NOT NULL DEFAULT false,
    "recoveries" INTEGER NOT NULL DEFAULT 0,
    "created_at" BIGINT NOT NULL,
    "start_at" BIGINT NOT NULL,
    "started_at" BIGINT,
    "iteration_at" BIGINT,
    "updated_at" BIGINT NOT NULL,
    "deadline_at" BIGINT,
    "ended_at" BIGINT
);

-- CreateTable
CREATE TABLE "workflow_step" (
    "run_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "asked_after" INTEGER NOT NULL,
    "seq" INTEGER,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "attempts" TEXT NOT NULL DEFAULT '[]',
    "started_at" BIGINT NOT NULL,
    "ended_at" BIGINT,
    "until" BIGINT,
    "event" TEXT,
    "child_id" TEXT,
    "undoable" BOOLEAN NOT NULL DEFAULT false,
    "timed_out" BOOLEAN NOT NULL DEFAULT false,
    "format" INTEGER NOT NULL DEFAULT 1,
    "output" TEXT,
    "error" TEXT,
    "undo_status" TEXT,
    "undo_attempt" INTEGER NOT NULL DEFAULT 0,
    "undo_started_at" BIGINT,
    "undo_ended_at" BIGINT,
    "undo_until" BIGINT,
    "undo_error" TEXT,
    "revision" INTEGER NOT NULL,

    PRIMARY KEY ("run_id", "key")
);

-- CreateTable
CREATE TABLE "workflow_event" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "run_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "format" INTEGER NOT NULL DEFAULT 1,
    "payload" TEXT NOT NULL,
    "seq" INTEGER,
    "dedupe_key" TEXT,
    "step_key" TEXT,
    "created_at" BIGINT NOT NULL,
    "accepted_at" BIGINT
);

-- CreateTable
CREATE TABLE "workflow_log" (
    "run_id" TEXT NOT NULL,
    "id" BIGINT NOT NULL,
    "at" BIGINT NOT NULL,
    "level" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "format" INTEGER NOT NULL DEFAULT 1,
    "data" TEXT,
    "step" TEXT,
    "attempt" INTEGER,

    PRIMARY KEY ("run_id", "id")
);

-- CreateTable
CREATE TABLE "workflow_stream_part" (
    "run_id" TEXT NOT NULL,
    "id" BIGINT NOT NULL,
    "stream" TEXT NOT NULL,
    "step" TEXT,
    "attempt" INTEGER,
    "reset" BOOLEAN NOT NULL DEFAULT false,
    "format" INTEGER NOT NULL DEFAULT 1,
    "value" TEXT,

    PRIMARY KEY ("run_id", "id")
);

-- CreateTable
CREATE TABLE "workflow_worker" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "started_at" BIGINT NOT NULL,
    "heartbeat_at" BIGINT NOT NULL,
    "workflows" TEXT NOT NULL,
    "running" INTEGER NOT NULL DEFAULT 0,
    "stopped_at" BIGINT
);

-- CreateTable
CREATE TABLE "workflow_meta" (
    "key" TEXT NOT NULL PRIMARY KEY,
    "value" TEXT NOT NULL
);

-- CreateIndex
CREATE INDEX "workflow_run_queue_due_at_idx" ON "workflow_run"("queue", "due_at");

-- CreateIndex
CREATE INDEX "workflow_run_expires_at_idx" ON "workflow_run"("expires_at");

-- CreateIndex
CREATE INDEX "workflow_run_worker_id_idx" ON "workflow_run"("worker_id");

-- CreateIndex
CREATE INDEX "workflow_run_parent_id_idx" ON "workflow_run"("parent_id");

-- CreateIndex
CREATE INDEX "workflow_run_ended_at_idx" ON "workflow_run"("ended_at");

-- CreateIndex
CREATE INDEX "workflow_run_created_at_id_idx" ON "workflow_run"("created_at", "id");

-- CreateIndex
CREATE INDEX "workflow_run_owner_created_at_id_idx" ON "workflow_run"("owner", "created_at", "id");

-- CreateIndex
CREATE INDEX "workflow_run_status_created_at_id_idx" ON "workflow_run"("status", "created_at", "id");

-- CreateIndex
CREATE INDEX "workflow_run_workflow_status_created_at_id_idx" ON "workflow_run"("workflow", "status", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "workflow_run_workflow_owner_idempotency_key_key" ON "workflow_run"("workflow", "owner", "idempotency_key");

-- CreateIndex
CREATE INDEX "workflow_event_run_id_seq_idx" ON "workflow_event"("run_id", "seq");

-- CreateIndex
CREATE INDEX "workflow_event_accepted_at_idx" ON "workflow_event"("accepted_at");

-- CreateIndex
CREATE UNIQUE INDEX "workflow_event_run_id_dedupe_key_key" ON "workflow_event"("run_id", "dedupe_key");
