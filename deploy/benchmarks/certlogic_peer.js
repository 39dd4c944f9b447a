// certlogic-js on the rules it is given. Run in a process of its own: certlogic_peer.js FOLDER
const path = require("path")
const readline = require("readline")
const { evaluate } = require(path.join(process.argv[2], "node_modules", "certlogic-js"))

let cases = null

function medianUs({ logic, data }, calls) {
  const times = []
  for (let call = 0; call < calls; call++) {
    const started = process.hrtime.bigint()
    evaluate(logic, data)
    times.push(Number(process.hrtime.bigint() - started) / 1000)
  }
  return times.sort((a, b) => a - b)[calls >> 1]
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const asked = JSON.parse(line)
  if (cases === null) {
    cases = asked
    cases.forEach(({ logic, data }) => evaluate(logic, data))
    console.log(JSON.stringify("ready"))
  } else {
    console.log(JSON.stringify(cases.map((one) => medianUs(one, asked))))
  }
})
