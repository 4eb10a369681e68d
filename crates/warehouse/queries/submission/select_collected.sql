SELECT path, size, mtime_ns, artifact FROM collected WHERE source = $1
