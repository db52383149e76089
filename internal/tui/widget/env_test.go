package widget_test

import (
	"testing"

	"github.com/charmbracelet/x/ansi"

	"askflow/internal/tui/theme"
	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/ui"
)

func testEnv(tb testing.TB) *ui.Env {
	tb.Helper()
	return &ui.Env{Theme: theme.For(true), Keys: tuitest.Keys(tb)}
}

// golden compares a drawing, without its styles, with a file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	tuitest.Golden(t, name, ansi.Strip(got))
}

const hostile = "\x1b[31mred\x1b[0m\x07 \u202eevil 日本 👩\u200d👩 \U0001f1e9\U0001f1ea e\u0301\u0301 नमस्ते\tשלום\r\nend"
