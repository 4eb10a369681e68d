SELECT path, size, mtime_ns, artifact FROM source_record WHERE source = $1
