package local_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/service/local"
)

func TestFilesAreWatched(t *testing.T) {
	t.Parallel()
	for _, polling := range []bool{false, true} {
		t.Run(fmt.Sprintf("polling %v", polling), func(t *testing.T) {
			t.Parallel()
			dir := demoDir(t)
			d := open(t, dir, func(_ *desk, o *local.Options) { o.Polling = polling })
			names := func() []string {
				t.Helper()
				list, err := d.Workflows.List(d.ctx)
				if err != nil {
					t.Fatal(err)
				}
				var out []string
				for _, w := range list {
					out = append(out, w.Name)
				}
				return out
			}
			until := func(what, file string, done func() bool) {
				t.Helper()
				named := false // one change may come as several events
				d.wait(what, func(e service.Event) bool {
					named = named || e.Kind == service.EventPortal && slices.Contains(e.Files, file)
					return named && done()
				})
			}
			// An editor that writes beside and renames.
			const file = "workflows/record-summary.yaml"
			text, err := os.ReadFile(filepath.Join(dir, file))
			if err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(dir, "workflows", ".new.swp"), strings.Replace(string(text), "Record summary for the owner", "Renamed", 1))
			if err := os.Rename(filepath.Join(dir, "workflows", ".new.swp"), filepath.Join(dir, file)); err != nil {
				t.Fatal(err)
			}
			until("a renamed file", file, func() bool { return slices.Contains(names(), "Renamed") })
			write(t, filepath.Join(dir, "workflows", "zebra.yaml"), "name: Zebra\nobject: contact\nsteps: []\n")
			until("a new file", "workflows/zebra.yaml", func() bool { return slices.Contains(names(), "Zebra") })
			if err := os.RemoveAll(filepath.Join(dir, "workflows")); err != nil {
				t.Fatal(err)
			}
			until("a folder that went", file, func() bool { return len(names()) == 0 })
			write(t, filepath.Join(dir, "workflows", "a.yaml"), "name: A\nobject: contact\nsteps: []\n")
			until("a folder that came", "workflows/a.yaml", func() bool { return slices.Equal(names(), []string{"A"}) })
			write(t, filepath.Join(dir, "workflows", "b.yaml"), "name: B\nobject: contact\nsteps: []\n")
			until("a file in a folder that came", "workflows/b.yaml", func() bool { return slices.Equal(names(), []string{"A", "B"}) })
		})
	}
}

func TestPortalGoesAndComesBack(t *testing.T) {
	t.Parallel()
	dir := demoDir(t)
	d := open(t, dir)
	d.run(service.RunRequest{Workflow: "email-draft"})
	if list, err := d.Runs.List(d.ctx, run.RunQuery{}); err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	away := filepath.Join(t.TempDir(), "away")
	if err := os.Rename(dir, away); err != nil {
		t.Fatal(err)
	}
	e := d.waitKind(service.EventGone)
	if e.Err == nil || e.Err.Code != service.CodePortalGone || !strings.Contains(e.Err.Message, dir) {
		t.Errorf("%+v", e.Err)
	}
	_, err := d.Workflows.List(d.ctx)
	wants(t, err, service.CodePortalGone)
	_, err = d.Runs.List(d.ctx, run.RunQuery{})
	wants(t, err, service.CodePortalGone)
	_, err = d.Launcher.Start(d.ctx, service.RunRequest{Workflow: "email-draft"})
	wants(t, err, service.CodePortalGone)
	// Another copy comes back, without runs.
	if err := os.CopyFS(dir, os.DirFS(away)); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, ".askflow")); err != nil {
		t.Fatal(err)
	}
	d.waitKind(service.EventPortal)
	for {
		list, err := d.Workflows.List(d.ctx)
		if err == nil && len(list) == 4 {
			break
		}
		d.waitKind(service.EventPortal) // while it was copied
	}
	if list, err := d.Runs.List(d.ctx, run.RunQuery{}); err != nil || len(list) != 0 {
		t.Errorf("%v %v", list, err)
	}
	if end := d.run(service.RunRequest{Workflow: "email-draft"}); end.Run != "r1" {
		t.Errorf("%+v", end)
	}
}

// Only portal.yaml makes a folder a portal.
func TestPortalFileGoes(t *testing.T) {
	t.Parallel()
	dir := demoDir(t)
	d := open(t, dir)
	file := filepath.Join(dir, "portal.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	d.waitKind(service.EventGone)
	write(t, file, strings.Replace(string(text), "Norrvind Demo", "Back", 1))
	d.waitKind(service.EventPortal)
	for {
		p, err := d.Workflows.Portal(d.ctx)
		if err != nil {
			t.Fatal(err)
		}
		if p.Name == "Back" {
			return
		}
		d.waitKind(service.EventPortal) // while it was written
	}
}

// A subscriber that does not look loses nothing that counts, and holds nobody up.
func TestSlowSubscriber(t *testing.T) {
	t.Parallel()
	d := open(t, demoDir(t))
	slow := d.Events.Subscribe(d.ctx)
	d.run(service.RunRequest{Workflow: "email-draft"})
	d.run(service.RunRequest{Workflow: "record-summary"})
	ended := map[string]bool{}
	for n := 0; len(ended) < 2; n++ {
		e := <-slow
		if e.Kind == service.EventRun && e.Progress.Ended {
			ended[e.Progress.Run] = true
		}
		if n > 20 {
			t.Fatalf("more than %d events wait for somebody slow", n)
		}
	}
}
