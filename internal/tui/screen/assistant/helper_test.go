package assistant_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"askflow/internal/service"
	"askflow/internal/service/local"
	"askflow/internal/tui/app"
	"askflow/internal/tui/screen/assistant"
	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/ui"
)

// desk is the whole screen with the place Assistant on it.
type desk struct {
	*tuitest.Driver
	t      testing.TB
	frame  *app.App
	others [ui.Places]*tuitest.Elsewhere
	dir    string
}

// now is the day of the driver's clock.
var now = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

// drive shows the place over services.
func drive(tb testing.TB, services *service.Services, width, height int) *desk {
	tb.Helper()
	opt := app.Options{Services: services, Keys: tuitest.Keys(tb, assistant.Keys()), Context: tb.Context()}
	opt.Screens[ui.Assistant] = assistant.New
	s := tuitest.NewStage(tb, opt, ui.Assistant, width, height)
	return &desk{Driver: s.Driver, t: tb, frame: s.Frame, others: s.Others}
}

// demo shows the place over the demo portal.
func demo(tb testing.TB, width, height int) *desk {
	tb.Helper()
	portal := tuitest.OpenPortal(tb, local.Options{Now: func() time.Time { return now }})
	d := drive(tb, portal.Services, width, height)
	d.dir = portal.Dir
	return d
}

// file reads a file of the demo portal.
func (d *desk) file(name string) string {
	d.t.Helper()
	data, err := os.ReadFile(filepath.Join(d.dir, filepath.FromSlash(name)))
	if err != nil {
		d.t.Fatal(err)
	}
	return string(data)
}

// golden compares what the place draws with a file; the frame around it is tested elsewhere.
func (d *desk) golden(name string) {
	d.t.Helper()
	frame := d.Screen()
	if d.dir != "" {
		frame = strings.ReplaceAll(frame, d.dir, "DIR")
	}
	tuitest.Golden(d.t, name, tuitest.Body(frame))
}
