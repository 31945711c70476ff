// What `import … from 'node:http'` means in a bundle. An ES module that imports it asks for every name that it exports, and
// some of those load a client of HTTP and WebSockets that no function uses; `require` hands them out when asked.
// biome-ignore lint/style/useNodejsImportProtocol: the name with the protocol is this file's
module.exports = require('http')
