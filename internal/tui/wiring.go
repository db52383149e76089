package tui

import (
	"askflow/internal/tui/app"
	"askflow/internal/tui/dialog"
	"askflow/internal/tui/inspect"
	"askflow/internal/tui/keymap"
	"askflow/internal/tui/screen/account"
	"askflow/internal/tui/screen/assistant"
	"askflow/internal/tui/screen/inbox"
	"askflow/internal/tui/screen/records"
	"askflow/internal/tui/screen/runs"
	"askflow/internal/tui/screen/workflows"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

// Keymap is every action of the screen with its keys.
func Keymap() (*keymap.Map, error) {
	return keymap.New(app.Keys(), workflows.Keys(), assistant.Keys(), records.Keys(), runs.Keys(), inbox.Keys(), account.Keys(), inspect.Keys(), widget.Keys(), dialog.Keys())
}

// Screens make the six places, in their order.
func Screens() [ui.Places]func(*ui.Env) ui.Screen {
	return [ui.Places]func(*ui.Env) ui.Screen{workflows.New, assistant.New, records.New, runs.New, inbox.New, account.New}
}
