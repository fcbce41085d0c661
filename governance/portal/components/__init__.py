"""The parts that pages are made of: values in, safe markup out.

Small leaves (badges, digests, times) are written with ``format_html``, because a list shows
hundreds of them; parts with structure have a template under ``templates/ui/``.
"""
