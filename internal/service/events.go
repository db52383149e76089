package service

// EventKind says what happened.
type EventKind string

// Kinds of events.
const (
	// EventRun: a run started here began, went on, or ended; Progress says how far it is.
	EventRun EventKind = "run"
	// EventRuns: the stored runs changed otherwise: another program ran something, or one was deleted.
	EventRuns EventKind = "runs"
	// EventPortal: files of the portal changed; Files names them, as far as known. The portal is read again already.
	EventPortal EventKind = "portal"
	// EventAccount: the account was connected, checked or removed.
	EventAccount EventKind = "account"
	// EventGone: the portal folder or the database cannot be reached; Err says why. EventPortal follows when it is back.
	EventGone EventKind = "gone"
	// EventBroken: a mistake of the program itself ended something that went on beside everything else; Err says what (CodeInternal).
	EventBroken EventKind = "broken"
)

// Event is a hint that something happened.
type Event struct {
	Kind     EventKind `json:"kind"`
	Progress *Progress `json:"progress,omitempty"`
	Files    []string  `json:"files,omitempty"`
	Err      *Error    `json:"error,omitempty"`
}
