CREATE TABLE `gateway_checks` (
	`started_at` text PRIMARY KEY NOT NULL,
	`ok` integer NOT NULL,
	`failed` integer NOT NULL,
	`error_type` text NOT NULL
);
