/** "Application/JSON; charset=utf-8" -> "application/json". */
export const mediaTypeOf = (contentType: string): string => contentType.split(";")[0]?.trim().toLowerCase() ?? "";
