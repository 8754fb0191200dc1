package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// takeProfile keeps a CPU profile of a Sluice, taken while the window lasts. The
// function it returns waits for its end.
func (b *bench) takeProfile(ctx context.Context, admin, key string) (wait func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-ctx.Done():
			return
		case <-time.After(warmup * time.Second):
		}
		if err := b.fetchProfile(ctx, admin, key); err != nil {
			b.logf("profile of %s: %v", key, err)
		}
	}()
	return func() { <-done }
}

func (b *bench) fetchProfile(ctx context.Context, admin, key string) error {
	url := fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", admin, b.seconds)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, res.Status)
	}
	f, err := os.CreateTemp(b.profile, strings.ReplaceAll(key, "/", "-")+"-*.pprof")
	if err != nil {
		return err
	}
	if _, err := io.Copy(f, res.Body); err != nil {
		f.Close()
		return err
	}
	b.logf("profile of %s in %s", key, filepath.Base(f.Name()))
	return f.Close()
}
