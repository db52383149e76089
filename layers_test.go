package askflow_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// layers says which of our packages each package may import, tests aside. It is the table of docs/architecture.md; a
// package that is not listed fails the test. Everyone may import source, clock and
// secret.
var layers = map[string][]string{
	"secret/secrettest": {},

	"secret":          {},
	"source":          nil,
	"clock":           nil,
	"hubspot":         {},
	"flow":            {"hubspot"},
	"token":           {"hubspot"},
	"filter":          {"hubspot"},
	"run":             {"hubspot"},
	"assistant":       {"hubspot", "run"},
	"openaisim":       {"assistant", "run"},
	"recording":       {"assistant"},
	"records":         {"hubspot"},
	"action":          {"hubspot", "flow", "token", "filter", "run", "assistant"},
	"engine":          {"hubspot", "flow", "token", "filter", "run", "assistant", "action"},
	"portal":          {"hubspot", "flow", "assistant", "openaisim", "records", "testdata"},
	"check":           {"hubspot", "flow", "token", "filter", "run", "assistant", "openaisim", "action", "portal"},
	"compare":         {"flow", "run"},
	"store/sqlite":    {"run", "hubspot"},
	"store/storetest": {"run", "hubspot"},
	"emulator":        {"hubspot", "flow", "token", "run", "assistant", "openaisim", "recording", "records", "action", "engine", "check", "portal", "store/sqlite"},
	"expect":          {},
	"prompttest":      {"hubspot", "flow", "run", "assistant", "rewrite", "expect"},
	"account":         {"hubspot", "run", "assistant"},
	"custody":         {"account", "portal", "emulator"},
	"report":          {"run", "assistant", "hubspot"},
	"coverage":        {"hubspot", "flow", "run", "openaisim", "prompttest"},
	"suite":           {"hubspot", "flow", "run", "assistant", "openaisim", "recording", "engine", "portal", "emulator", "coverage", "expect", "prompttest"},
	"testreport":      {"run", "assistant", "report", "prompttest"},
	"mask":            {"hubspot"},
	"sample":          {"hubspot", "flow", "token", "run", "records", "rewrite", "portal", "emulator", "mask"},
	"cli":             {"version", "hubspot", "flow", "run", "assistant", "recording", "records", "emulator", "check", "portal", "report", "account", "custody", "compare", "rewrite", "prompttest", "suite", "testreport", "mask", "sample"},
	"rewrite":         {"hubspot", "flow"},
	"version":         {},
	"service":         {"hubspot", "flow", "run", "assistant", "records", "rewrite", "compare", "prompttest"},
	"service/local":   {"service", "hubspot", "flow", "token", "run", "assistant", "records", "rewrite", "compare", "emulator", "check", "portal", "account", "custody", "store/sqlite", "prompttest", "suite"},
	"tui/keymap":      {},
	"tui/theme":       {},
	"tui/text":        {"report"},
	"tui/ui":          {"service", "tui/keymap", "tui/theme"},
	"tui/chart":       {"tui/theme", "tui/text"},
	"tui/widget":      seen("tui/ui", "tui/chart"),
	"tui/dialog":      seen("tui/ui", "tui/chart", "tui/widget"),
	"tui/flowdraw":    seen("tui/ui"),
	"tui/builder":     seen("tui/ui", "tui/widget", "tui/dialog", "tui/flowdraw"),
	"tui/inspect":     seen("tui/ui", "tui/chart", "tui/widget", "tui/dialog"),

	"tui/screen/workflows": seen("tui/ui", "tui/chart", "tui/widget", "tui/dialog", "tui/flowdraw", "tui/builder", "tui/inspect"),
	"tui/screen/assistant": seen("tui/ui", "tui/chart", "tui/widget", "tui/dialog", "tui/builder", "tui/inspect"),
	"tui/screen/records":   seen("tui/ui", "tui/chart", "tui/widget", "tui/dialog", "tui/inspect"),
	"tui/screen/runs":      seen("tui/ui", "tui/chart", "tui/widget", "tui/dialog", "tui/inspect"),
	"tui/screen/inbox":     seen("tui/ui", "tui/chart", "tui/widget", "tui/dialog", "tui/inspect"),
	"tui/screen/account":   seen("tui/ui", "tui/chart", "tui/widget", "tui/dialog", "tui/inspect"),

	"tui/app":     seen("tui/ui", "tui/dialog"),
	"tui/tuitest": {"service", "service/local", "testdata", "tui/app", "tui/dialog", "tui/keymap", "tui/text", "tui/ui", "tui/widget"},
	"tui": {"service", "service/local", "assistant", "report", "version", "tui/app", "tui/keymap", "tui/theme", "tui/ui", "tui/widget", "tui/dialog", "tui/builder", "tui/inspect",
		"tui/screen/workflows", "tui/screen/assistant", "tui/screen/records", "tui/screen/runs", "tui/screen/inbox", "tui/screen/account"},
	"screenshots": {"custody", "service", "service/local", "version", "portal", "tui", "tui/app", "tui/theme", "tui/tuitest"},
	"bench":       {"recording", "flow", "engine", "action", "portal", "secret", "account", "hubspot", "run", "assistant", "openaisim", "clock", "emulator", "store/sqlite", "records"},
}

// seen is what everything on the screen may import: the services, the types that go through them, and what only draws. The
// portal, its database and the engine are out of reach: a screen works over any implementation of the services.
func seen(more ...string) []string {
	return append([]string{"service", "hubspot", "flow", "token", "run", "assistant", "report", "records", "rewrite", "compare", "prompttest", "tui/keymap", "tui/theme", "tui/text"}, more...)
}

func TestPackagesImportOnlyWhatTheLayersAllow(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-f", "{{.ImportPath}}{{range .Imports}} {{.}}{{end}}", "./internal/...").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	seen := map[string]bool{}
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		fields := strings.Fields(line)
		pkg := strings.TrimPrefix(fields[0], "askflow/internal/")
		allowed, listed := layers[pkg]
		if !listed {
			t.Errorf("the package %s is not in the table of layers; docs/architecture.md explains them", pkg)
			continue
		}
		seen[pkg] = true
		for _, imported := range fields[1:] {
			ours, is := strings.CutPrefix(imported, "askflow/")
			ours = strings.TrimPrefix(ours, "internal/")
			if is && !slices.Contains([]string{"source", "clock", "secret"}, ours) && !slices.Contains(allowed, ours) {
				t.Errorf("%s imports %s, which the layers do not allow", pkg, ours)
			}
		}
	}
	for pkg := range layers {
		if !seen[pkg] {
			t.Errorf("the table of layers names %s, which does not exist", pkg)
		}
	}
}

// The command line must start at once, so it links no screen library.
func TestEmulatorLinksNoScreen(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-deps", "./cmd/emulator").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, dep := range strings.Fields(string(out)) {
		for _, screen := range []string{"charm.land/", "github.com/charmbracelet/", "askflow/internal/tui", "github.com/mattn/go-runewidth"} {
			if strings.HasPrefix(dep, screen) {
				t.Errorf("cmd/emulator links %s", dep)
			}
		}
	}
}
