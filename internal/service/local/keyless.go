package local

import (
	"context"
	"sync"

	"askflow/internal/assistant"
	"askflow/internal/service"
)

// keyless remembers the server that refused to answer without a key, although it is not one that is known to need one.
type keyless struct {
	mu     sync.Mutex
	server string
}

func (k *keyless) is(server string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return server != "" && k.server == server
}

func (k *keyless) set(server string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.server = server
}

// wanting tells a refusal for want of a key as what it is: there is no account yet. Other errors pass unchanged.
func (l *Local) wanting(ctx context.Context, s *snapshot, err error) error {
	if service.CodeOf(err) != assistant.CodeBadKey {
		return err
	}
	acc, failed := l.account(s, nil)
	if failed != nil {
		return err
	}
	st, failed := acc.Show(ctx)
	if failed != nil || st.Kept != "" && st.Kept != keptNowhere {
		return err // the key that is connected is what the server refuses
	}
	l.keyless.set(st.BaseURL)
	l.hub.publish(service.Event{Kind: service.EventAccount})
	e := *service.AsError(err)
	e.Code, e.Message, e.Cause = service.CodeNotConnected, "The server "+assistant.Scrub(st.BaseURL)+" wants an API key, and none is connected.", err
	e.Hint = service.OnScreen("connect one with emulator account connect, or run with --answers scripted")
	return &e
}

// keptNowhere is where the key of a server lies that was connected without one.
const keptNowhere = "none"
