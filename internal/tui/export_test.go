package tui

import (
	"time"

	"askflow/internal/tui/app"
	"askflow/internal/tui/ui"
)

// SetScreen puts another place in.
func (p *Program) SetScreen(at ui.Place, build func(*ui.Env) ui.Screen) { p.screens[at] = build }

// CrashText is the report about a panic.
func CrashText(c *app.Crash, term string, now time.Time) string { return crashText(c, term, now) }
