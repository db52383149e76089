package local

import (
	"askflow/internal/emulator"
	"askflow/internal/service"
)

// recovered is deferred: after a panic it calls told, if there is one, with the error that stands for it. Nothing is printed, and the
// program goes on.
func recovered(told func(error)) {
	if err := emulator.Recovered(recover()); err != nil && told != nil {
		told(err)
	}
}

// broken tells everybody that a mistake of the program ended something that went on by itself.
func (l *Local) broken(err error) {
	l.hub.publish(service.Event{Kind: service.EventBroken, Err: errorOf(err)})
}
