"""REST door to the caller's own account: who am I, my teams, my tokens."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.access import commands, serializers
from governance.access.models import ApiToken, Team, User
from governance.access.rest import GovernedView, GovernedViewSet


class MeView(GovernedView):
    @extend_schema(responses=serializers.Me)
    def get(self, _request: Request) -> Response:
        """Who is calling, and which roles that gives."""
        user = User.objects.get(pk=self.actor.id)
        holdings = sorted(self.actor.holdings, key=lambda h: (h.role, str(h.team_id)))
        body = {"id": user.pk, "name": user.name, "email": user.email, "roles": holdings}
        return Response(serializers.Me(body).data)


class TeamsView(GovernedView):
    @extend_schema(responses=serializers.TeamList)
    def get(self, _request: Request) -> Response:
        """Every team of the organisation: what is registered belongs to one."""
        rows = Team.objects.values("id", "slug", "name")
        return Response({"items": serializers.TeamRow(rows, many=True).data})


class TokenViewSet(GovernedViewSet):
    idempotent = False  # an answer that is kept would keep the secret

    @extend_schema(responses=serializers.TokenList)
    def list(self, _request: Request) -> Response:
        """The caller's own tokens, newest first; never their secrets."""
        rows = ApiToken.objects.filter(user_id=self.actor.id)
        return Response({"items": serializers.TokenRow(rows, many=True).data})

    @extend_schema(request=serializers.TokenRequest, responses={201: serializers.TokenMade})
    def create(self, request: Request) -> Response:
        """Make a token. A person must do it, signed in; a token cannot make another."""
        body = serializers.TokenRequest(data=request.data)
        body.is_valid(raise_exception=True)
        token, secret = commands.create_token(actor=self.actor, **body.validated_data)
        made = {**serializers.TokenRow(token).data, "secret": secret}
        return Response(made, status=201)

    @extend_schema(responses={204: None})
    def destroy(self, _request: Request, pk: UUID) -> Response:
        """Revoke a token at once."""
        commands.revoke_token(actor=self.actor, token_id=pk)
        return Response(status=204)
