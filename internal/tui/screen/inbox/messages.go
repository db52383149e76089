package inbox

// personMsg and runMsg are choices made in dialogs.
type (
	personMsg struct{ id string }
	runMsg    struct{ id string }
)
