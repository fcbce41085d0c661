"""What the pages of costs show, made of what readings return: printed figures, charts, links."""
