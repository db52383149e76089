package cli

import (
	"fmt"

	"askflow/internal/source"
)

// warn shows what validate would say, in one line unless --verbose.
func (a *App) warn(warnings source.Problems) {
	if !a.quiet && !a.verbose { // validate knows nothing of what stands in no file, such as a flag
		var own source.Problems
		own, warnings = apart(warnings)
		a.printProblems(a.err, a.errStyle(), own)
	}
	if len(warnings) == 0 || a.quiet {
		return
	}
	if !a.verbose {
		noun := "warnings"
		if len(warnings) == 1 {
			noun = "warning"
		}
		a.note("%s", a.errStyle().Warn(fmt.Sprintf("%d %s about this workflow: emulator validate%s", len(warnings), noun, a.again())))
		return
	}
	a.printProblems(a.err, a.errStyle(), warnings)
}

// apart divides findings into those that stand in no file and those that do.
func apart(ps source.Problems) (nowhere, inFiles source.Problems) {
	for _, p := range ps {
		if p.File == "" {
			nowhere = append(nowhere, p)
		} else {
			inFiles = append(inFiles, p)
		}
	}
	return nowhere, inFiles
}
