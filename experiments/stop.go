package experiments

import (
	"context"
	"errors"
)

// ErrStop is the cause of a context that ends since the user wants to stop. A
// measurement that is under way is finished and kept then; a context that ends
// for another cause, such as a limit of time, ends it too.
var ErrStop = errors.New("asked to stop")

// finishing is ctx but for an end that has ErrStop as its cause.
func finishing(ctx context.Context) (lasting context.Context, free func()) {
	lasting, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	unhook := context.AfterFunc(ctx, func() {
		if cause := context.Cause(ctx); !errors.Is(cause, ErrStop) {
			cancel(cause)
		}
	})
	return lasting, func() { unhook(); cancel(nil) }
}
