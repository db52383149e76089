package cli

import (
	"fmt"

	"askflow/internal/emulator"
	"askflow/internal/portal"
	"askflow/internal/report"
)

// keptElsewhere says where a run is kept whose portal folder cannot be written to.
func (a *App) keptElsewhere(e *emulator.Emulator) {
	if e.Portal.StateElsewhere() {
		a.note("%s", a.errStyle().Warn(a.errStyle().Sentence("The portal folder cannot be written to; this run is kept in "+report.Safe(e.Portal.StateDir)+".", 0)))
	}
}

// shownFrom says which runs are shown of a portal folder that cannot be written to: it may have some, and the user others.
func (a *App) shownFrom(e *emulator.Emulator) {
	if !e.Portal.StateElsewhere() {
		return
	}
	where := report.Safe(e.Portal.StateDir)
	if e.RunsDir() != e.Portal.StateDir {
		where = "the portal's own " + portal.StateName
	}
	a.note("%s", a.errStyle().Faint(a.errStyle().Sentence("The portal folder cannot be written to; the runs shown are those in "+where+".", 0)))
}

// changeable refuses to change a run when the runs that are shown are the portal's own and cannot be written: the same id
// may mean another run where this user's runs are kept.
func changeable(e *emulator.Emulator, id string) error {
	if e.RunsDir() == e.Portal.StateDir {
		return nil
	}
	return &emulator.Error{Code: "cannot_write", Exit: emulator.ExitUsage,
		Message: fmt.Sprintf("run %s is kept in the portal folder, which cannot be written to", id),
		Hint:    "make the folder writable, or copy the portal to a folder that is"}
}
