package emulator

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"askflow/internal/assistant"
	"askflow/internal/flow"
	"askflow/internal/portal"
	"askflow/internal/recording"
	"askflow/internal/records"
	"askflow/internal/run"
)

// Recordings loads the portal's recordings. Close the library when done.
func (e *Emulator) Recordings() (*recording.Library, error) {
	return e.library(&prepared{})
}

// Pruning is what dropping recordings did, or would do.
type Pruning struct {
	Dropped []recording.Dropped
	Kept    int
	// Unrecorded counts questions that have no recording; what would be asked after their answers is not known.
	Unrecorded int
	// NoRecords are workflows that ask, for whose records the portal has no file: what they ask is not known.
	NoRecords []string
}

// Asked collects the keys of questions that others than workflows ask. An error keeps everything from being dropped.
type Asked func(ctx context.Context, e *Emulator, note func(key string)) error

// PruneRecordings drops the recordings that no workflow asks for any more, over the portal's records and with the
// settings a run has by default, and none of the others. Triggers are not looked at, since a run can skip them. Answers that lead
// to further questions are taken from the recordings. A portal in which a workflow cannot run is left as it is.
func (e *Emulator) PruneRecordings(ctx context.Context, dryRun bool, others ...Asked) (*Pruning, error) {
	if !e.Portal.Settings.Unlocked() {
		return nil, &Error{Code: CodeLocked, Exit: ExitAccount, Message: "Ask OpenAI Assistant is locked, so no workflow asks anything; nothing was dropped",
			Hint: "unlock it in portal.yaml (subscriptions), or delete recordings/ by hand"}
	}
	if e.Portal.Problems.HasErrors() { // a file that cannot be read may ask anything
		err := invalid("the portal", e.Portal.Problems)
		err.Message += "; what it asks cannot be found out, so nothing was dropped"
		return nil, err
	}
	if err := e.settleJournals(ctx); err != nil {
		return nil, err
	}
	lib, err := e.Recordings()
	if err != nil {
		return nil, err
	}
	defer func() { _ = lib.Close() }() // it was only read, or written through other handles
	asked := &askedKeys{keys: map[string]bool{}}
	out := &Pruning{}
	for _, f := range e.Portal.Flows {
		if !e.asks(f) {
			continue
		}
		err := e.collectKeys(ctx, f, lib, asked)
		var unusable *Error
		switch {
		case errors.As(err, &unusable) && unusable.Code == "no_records":
			out.NoRecords = append(out.NoRecords, f.FileName)
		case errors.As(err, &unusable):
			unusable.Message += "; what it asks cannot be found out, so nothing was dropped"
			return nil, unusable
		case err != nil:
			return nil, err
		}
	}
	for _, other := range others {
		// A question of theirs that has no recording is no gap: they may never have been recorded.
		if err := other(ctx, e, func(key string) { asked.add(key, true) }); err != nil {
			return nil, err
		}
	}
	total := lib.Len()
	out.Unrecorded = asked.unrecorded
	if out.Dropped, err = recording.Prune(lib, func(key string) bool { return asked.keys[key] }, dryRun); err != nil {
		return nil, &Error{Code: "cannot_write", Exit: ExitUsage, Message: err.Error(), Cause: err}
	}
	out.Kept = total - len(out.Dropped)
	return out, nil
}

func (e *Emulator) asks(f *flow.Flow) bool {
	for _, a := range f.Actions {
		if e.Kinds.IsOpenAI(a) {
			return true
		}
	}
	return false
}

// askedKeys gathers the keys of questions.
type askedKeys struct {
	mu         sync.Mutex
	keys       map[string]bool
	unrecorded int
}

func (k *askedKeys) add(key string, recorded bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !recorded && !k.keys[key] {
		k.unrecorded++
	}
	k.keys[key] = true
}

// collectKeys walks a workflow over all of its records on recorded answers, storing nothing.
func (e *Emulator) collectKeys(ctx context.Context, f *flow.Flow, lib *recording.Library, asked *askedKeys) error {
	late := &lateAsker{} // the client needs to know the run's now, which prepare settles
	p, err := e.prepare(ctx, Request{Workflow: f.File, Enroll: "all", Answers: portal.AnswersReplay, Seed: 1}, late)
	if err != nil {
		return err
	}
	late.Asker = e.clientOver(p, &answering{transport: recording.Replay(lib, recording.ReplayOptions{Asked: asked.add, NoNearest: true})})
	src := records.Open(p.objectType().Name, p.files, p.options)
	defer func() { _ = src.Close() }() // it was only read
	for seq := int64(0); ; seq++ {
		rec, err := src.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := p.program.One(ctx, seq, rec); err != nil {
			return err
		}
	}
}

// lateAsker is an asker that becomes known after the program was compiled.
type lateAsker struct{ assistant.Asker }

// settleJournals brings home the answers of record runs that were killed: they go into the recordings. Journals of runs
// that go on in another process are left alone, those of runs that nobody can resume any more are removed.
func (e *Emulator) settleJournals(ctx context.Context) error {
	for _, answers := range []string{portal.AnswersRecord, portal.AnswersLive} {
		dir := e.journalDir(answers)
		entries, err := os.ReadDir(dir)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return usage("unreadable", "check who may read it", "the folder %s cannot be listed: %v", dir, err)
		}
		status, err := e.runStatus(ctx)
		if err != nil {
			return err
		}
		for _, entry := range entries {
			if err := e.settleJournal(dir, entry.Name(), status); err != nil {
				return usage("not_recorded", "repair what it names, then run again", "%v", err)
			}
		}
	}
	return nil
}

// settleJournal brings one journal home. name is that of the journal, or of one that was set aside before.
func (e *Emulator) settleJournal(dir, name string, status map[string]run.Status) error {
	id, rest, ok := strings.Cut(name, nameMark)
	target, fresh := strings.CutSuffix(rest, recording.Ext)
	if !ok || status[id] == run.RunRunning {
		return nil
	}
	gone := status[id] == "" || status[id] == run.RunCompleted
	live := dir == e.journalDir(portal.AnswersLive)
	switch journal := filepath.Join(dir, name); {
	case live && gone:
		return os.Remove(journal)
	case live:
		return nil
	case !fresh && gone:
		return os.Remove(journal)
	case !fresh:
		return nil
	default:
		if _, err := recording.Settle(e.recordingsDir(), target, journal); err != nil {
			return err
		}
		if gone {
			return recording.Forget(journal)
		}
	}
	return nil
}

// runStatus is the status of every stored run by id.
func (e *Emulator) runStatus(ctx context.Context) (map[string]run.Status, error) {
	reader, err := e.Reader(ctx)
	if err != nil {
		return nil, err
	}
	runs, err := reader.Runs(ctx)
	if err = joinErrors(err, reader.Close()); err != nil {
		return nil, err
	}
	out := make(map[string]run.Status, len(runs))
	for _, r := range runs {
		out[r.ID] = r.Status
	}
	return out, nil
}
