import fc from 'fast-check'

// Property tests draw the same cases in every run, so that a failure repeats. A failure prints its seed and path.
fc.configureGlobal({ seed: 20261123 })
