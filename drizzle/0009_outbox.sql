CREATE TABLE `outbox` (
	`position` integer PRIMARY KEY NOT NULL,
	`delivery_id` text NOT NULL,
	`channel` text NOT NULL,
	`recipient` text,
	`subject` text NOT NULL,
	`kind` text NOT NULL,
	`at` text NOT NULL,
	`since` text,
	`lines` text NOT NULL,
	`data` text NOT NULL,
	`state` text NOT NULL,
	`due_at` text,
	`attempts` integer DEFAULT 0 NOT NULL,
	`tried_at` text,
	`reason` text,
	`detail` text,
	`aged_from` text
);
--> statement-breakpoint
CREATE INDEX `outbox_state` ON `outbox` (`state`);--> statement-breakpoint
ALTER TABLE `executor_jobs` ADD `notify` text;