SELECT period FROM period WHERE closed = 1
