import { isObject } from '../template.ts'
import type { Sample } from './store.ts'

/**
 * The samples in a line of a log: what CloudWatch makes of an embedded metric format document. Any other line has none.
 *
 * Each value is published under each of its sets of dimensions; a set that names a dimension which the document does not
 * have is left out, as CloudWatch does.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 *
 * @example
 * samplesIn('{"_aws":{"Timestamp":0,"CloudWatchMetrics":[{"Namespace":"N","Dimensions":[["service"]],"Metrics":[{"Name":"Placed"}]}]},"service":"ordering","Placed":[1,1]}')
 * // two samples of Placed, value 1
 */
export const samplesIn = (line: string): Sample[] => {
  if (!line.startsWith('{') || !line.includes('"_aws"')) return []
  const document = parse(line)
  if (!isObject(document) || !isObject(document._aws)) return []
  const { Timestamp: at, CloudWatchMetrics: directives } = document._aws
  if (typeof at !== 'number' || !Array.isArray(directives)) return []
  return directives.filter(isObject).flatMap((directive) => {
    const { Namespace: namespace, Metrics: metrics, Dimensions: sets = [[]] } = directive
    if (typeof namespace !== 'string' || !Array.isArray(metrics) || !Array.isArray(sets)) return []
    return metrics.filter(isObject).flatMap(({ Name: name }) => {
      const values = [document[String(name)]].flat().filter((value) => typeof value === 'number')
      return (sets as unknown[][]).flatMap((set) => {
        const dimensions = Object.fromEntries(set.map((key) => [String(key), document[String(key)]]))
        if (Object.values(dimensions).some((value) => typeof value !== 'string')) return []
        const metric = { namespace, name: String(name), dimensions: dimensions as Record<string, string> }
        return values.map((value) => ({ metric, at, value }))
      })
    })
  })
}

const parse = (line: string): unknown => {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
