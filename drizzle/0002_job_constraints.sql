PRAGMA foreign_keys=OFF;--> statement-breakpoint
CREATE TABLE `__new_executor_jobs` (
	`job_id` text PRIMARY KEY NOT NULL,
	`state` text NOT NULL,
	`executor` text NOT NULL,
	`task` text NOT NULL,
	`cwd` text NOT NULL,
	`permission_level` text NOT NULL,
	`allow_danger` integer NOT NULL,
	`created_at` text NOT NULL,
	`started_at` text,
	`finished_at` text,
	`result_text` text,
	`error_code` text,
	`error` text,
	`trace_id` text NOT NULL,
	CONSTRAINT "executor_jobs_state_known" CHECK("__new_executor_jobs"."state" in ('queued', 'running', 'succeeded', 'failed', 'canceled')),
	CONSTRAINT "executor_jobs_started" CHECK("__new_executor_jobs"."state" not in ('queued', 'running') or ("__new_executor_jobs"."state" = 'running') = ("__new_executor_jobs"."started_at" is not null)),
	CONSTRAINT "executor_jobs_finished" CHECK(("__new_executor_jobs"."state" in ('succeeded', 'failed', 'canceled')) = ("__new_executor_jobs"."finished_at" is not null))
);
--> statement-breakpoint
INSERT INTO `__new_executor_jobs`("job_id", "state", "executor", "task", "cwd", "permission_level", "allow_danger", "created_at", "started_at", "finished_at", "result_text", "error_code", "error", "trace_id") SELECT "job_id", "state", "executor", "task", "cwd", "permission_level", "allow_danger", "created_at", "started_at", "finished_at", "result_text", "error_code", "error", "trace_id" FROM `executor_jobs`;--> statement-breakpoint
DROP TABLE `executor_jobs`;--> statement-breakpoint
ALTER TABLE `__new_executor_jobs` RENAME TO `executor_jobs`;--> statement-breakpoint
PRAGMA foreign_keys=ON;--> statement-breakpoint
CREATE INDEX `executor_jobs_state` ON `executor_jobs` (`state`);