package action

import (
	"askflow/internal/run"
	"askflow/internal/token"
)

// Lookup is what a data token gives for the enrollment; ok is false where there is no value.
func (s *Scope) Lookup(ref *token.Ref) (value string, ok bool) { return s.lookup(ref) }

// Settled is what an ask action's settings come to, without a prompt: as sent, or as far as they are known where the ask is
// refused. ok is false for other actions.
func Settled(r Runner) (settled run.Ask, ok bool) {
	a, ok := r.(*ask)
	if !ok {
		return run.Ask{}, false
	}
	return a.settled, true
}
