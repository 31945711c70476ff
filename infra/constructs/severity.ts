/**
 * How soon somebody must come. *critical*: at once, orders stop or something may be lost; *major*: at once, a service
 * does not do its work; *minor*: in working hours; *warning*: when convenient. The first two page, through the composite
 * of their service and never by themselves, so that one cause pages once.
 */
export const severities = ['critical', 'major', 'minor', 'warning'] as const
export type Severity = (typeof severities)[number]
