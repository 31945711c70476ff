/**
 * The kinds of alarm whose fault no drill makes, and why not. They are brought on by numbers that are said where the watch
 * collects; evaluation, notification, remedy and recovery are the real ones all the same.
 */
export const unbroken: Readonly<Record<string, string>> = {
  'consumer-saturated':
    'it takes a function that runs as often as it may, which no emulator measures: locally a queue is read by one at a time',
  'delivery-lost':
    'EventBridge would have to lose what it cannot even put into a dead-letter queue; no emulator does, or says so',
  'old-failures': 'a record has to be open for three days by the clock',
  'stream-age':
    'the age of a record is measured when it is read: more than a minute for three minutes in a row takes a backlog that grows faster than it is read',
  'stuck-sagas': 'a deadline of a saga and one of a step have to pass, which are eleven minutes by the clock',
  'table-throttles': 'no emulator holds back what its tables are asked',
  'undo-failed': 'a compensation is asked for twelve times, which is hours by the clock, before it is given up',
}
